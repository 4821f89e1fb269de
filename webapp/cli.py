"""The command `siamese-np`: the stages of the pipeline, and the commands that need the web page."""

from pipeline.cli import main
from webapp import demo, learn, serve
from webapp.select import command as select

for command in (demo.main, learn.main, select.main, serve.main):
    main.add_command(command)
# first the commands that do the whole work, since a newcomer starts with them; then the stages in their order
first = ("demo", "learn", "orl", "import", "download", "select")
main.commands = {name: main.commands[name] for name in first} | main.commands


if __name__ == "__main__":
    main(prog_name="python -m webapp.cli")
