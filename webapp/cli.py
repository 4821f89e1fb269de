"""The outermost shell: the stages of the pipeline, and those that need the page."""

from pipeline.cli import main
from webapp import demo, learn, serve

main.add_command(demo.main)
main.add_command(learn.main)
main.add_command(serve.main)
# the whole way in one command first: it is where a newcomer starts
main.commands = {"demo": main.commands.pop("demo"), "learn": main.commands.pop("learn"), **main.commands}
