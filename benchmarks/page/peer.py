"""The package face_recognition on the same photos: PYTHON -m benchmarks.page.peer FILE... prints one JSON object.

Run by benchmarks.page with an interpreter that has the package. The way of a photo is that of its documentation: read
the file, find faces (HOG), and encode each. There is no comparison, no page and no server in its time.
"""

import json
import statistics
import sys
import time

import face_recognition


def ask(path: str) -> int:
    """The number of faces that were encoded."""
    return len(face_recognition.face_encodings(face_recognition.load_image_file(path)))


def main(paths: list[str]) -> None:
    ask(paths[0])  # what is loaded once is loaded
    faces, wall, begin = [], [], time.process_time()
    for path in paths:
        started = time.perf_counter()
        faces.append(ask(path))
        wall.append(1000 * (time.perf_counter() - started))
    cpu = 1000 * (time.process_time() - begin) / len(paths)
    print(json.dumps({"median": round(statistics.median(wall), 1), "cpu": round(cpu, 1), "rounds": len(paths),
                      "with_a_face": sum(count > 0 for count in faces)}))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
