#!/usr/bin/env python3
"""Prints how well the text of our own documents is read. Usage: figures.py TINTINH FOLDER [NAME]...

FOLDER is what documents.py wrote. For each document and form (text layer, scans at 300, 200 and 150 dpi): the character error, that is the edit
distance divided by the length, with whitespace as one space; the mean confidence; processor seconds for each page.
"""

import json
import pathlib
import subprocess
import sys
import unicodedata

from rapidfuzz.distance import Levenshtein

FORMS = {"text": 0.0, "300": 0.005, "200": 0.005, "150": 0.01}


def plain(text):
    return " ".join(unicodedata.normalize("NFC", text).split())


def main(program, folder, names):
    sums, missed = {form: [0, 0, 0.0, 0] for form in FORMS}, 0
    print(f"{'document':14}" + "".join(f"{form:>9}{'conf':>6}{'s/page':>7}" for form in FORMS))
    for truth in sorted(pathlib.Path(folder).glob("*.txt")):
        if names and truth.stem not in names:
            continue
        wanted, row = plain(truth.read_text()), f"{truth.stem:14}"
        for form, sum_ in sums.items():
            path = truth.with_suffix(".pdf" if form == "text" else f".{form}.pdf")
            done = subprocess.run([program, "attachment", "--json", str(path)], capture_output=True, text=True)
            read = json.loads(done.stdout) if done.returncode == 0 else {"pages": [{"text": ""}], "cpu_seconds": 0, "confidence": None}
            distance = Levenshtein.distance(wanted, plain("\n".join(page["text"] for page in read["pages"])))
            pages = len(read["pages"])
            for at, more in enumerate((distance, len(wanted), read["cpu_seconds"], pages)):
                sum_[at] += more
            confidence = f"{read['confidence']:.0f}" if read["confidence"] else ""
            # Each document is held to the bound, not only their sum.
            is_missed = distance / len(wanted) > FORMS[form]
            missed += is_missed
            row += f"{distance / len(wanted):8.4f}{'*' if is_missed else ' '}{confidence:>6}{read['cpu_seconds'] / pages:7.1f}"
        print(row, flush=True)
    row = f"{'all':14}"
    for form, (distance, length, seconds, pages) in sums.items():
        row += f"{distance / max(length, 1):9.4f}{'':>6}{seconds / max(pages, 1):7.1f}"
    print(row)
    print(f"{'at most':14}" + "".join(f"{most:9.4f}{'':13}" for most in FORMS.values()))
    print(f"{missed} over their bound (*)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
