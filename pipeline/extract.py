"""`python -m pipeline.extract`: the stage lives in faces/extract.py."""

from pipeline.faces.extract import main

if __name__ == "__main__":
    main(prog_name="python -m pipeline.extract")
