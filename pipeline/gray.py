"""`python -m pipeline.gray`: the stage lives in faces/gray.py."""

from pipeline.faces.gray import main

if __name__ == "__main__":
    main(prog_name="python -m pipeline.gray")
