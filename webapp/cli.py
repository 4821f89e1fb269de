"""The outermost shell: the stages of the pipeline, and those that need the page."""

from pipeline.cli import main
from webapp import demo, serve

main.add_command(demo.main)
main.add_command(serve.main)
# the demo first: it is where a newcomer starts
main.commands = {"demo": main.commands.pop("demo"), **main.commands}
