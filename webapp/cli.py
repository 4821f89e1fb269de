"""The outermost shell: the stages of the pipeline, and those that need the page."""

from pipeline.cli import main
from webapp import demo, learn, serve
from webapp.select import command as select

for command in (demo.main, learn.main, select.main, serve.main):
    main.add_command(command)
# the whole way in one command first: it is where a newcomer starts; then the order of the job
first = ("demo", "learn", "orl", "import", "download", "select")
main.commands = {name: main.commands[name] for name in first} | main.commands


if __name__ == "__main__":
    main(prog_name="python -m webapp.cli")
