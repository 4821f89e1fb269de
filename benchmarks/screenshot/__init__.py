"""The pictures of the page in the README. __main__ is the command.

    who         Who is this?: one photo of several people, and its answer in light and in dark
    explore     the pages of /explore, each at a state worth seeing
    sheet       tiles that are set side by side
"""
