from pipeline.pairs import main

main(prog_name="python -m pipeline.pairs")
