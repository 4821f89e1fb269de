"""`python -m pipeline.predict`: the stage lives in recognise/predict.py."""

from pipeline.recognise.predict import main

if __name__ == "__main__":
    main(prog_name="python -m pipeline.predict")
