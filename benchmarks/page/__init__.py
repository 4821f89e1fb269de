"""How fast the page answers, over HTTP and in a browser. __main__ says what is measured and has the table.

    client      one browser, as far as the server can tell, and the times of what it does
    who         photos and crops asked about, by one client and by several; a large gallery
    peer        the package face_recognition on the same photos, run by an interpreter that has it
    explore     the first picture of each page of /explore, over HTTP
    tab         the same in Chromium, and when the steps of a training are drawn
    pipe        Chromium, spoken to without a driver
"""
