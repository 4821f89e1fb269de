from pipeline.download import main

main(prog_name="python -m pipeline.download")
