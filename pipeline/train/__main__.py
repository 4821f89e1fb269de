from pipeline.train import main

main(prog_name="python -m pipeline.train")
