from pipeline.importing.command import main

main(prog_name="python -m pipeline.importing")
