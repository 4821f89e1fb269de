from pipeline.evaluate import main

main(prog_name="python -m pipeline.evaluate")
