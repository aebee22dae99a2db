# SPDX-License-Identifier: MIT
"""What bench/anonymize has pydicom do, by Debian's python3, which has it.

by_pydicom.py remove SOURCE TARGET    copies a folder's objects without the 20 attributes
by_pydicom.py compare SOURCE TARGET   whether TARGET holds each object of SOURCE, de-identified, with
                                      the same pixels; says what is wrong, exit 1
"""

import hashlib
import sys
from pathlib import Path

import pydicom

ROOT = Path(__file__).resolve().parent.parent
TAGS = {int(line.split()[0].replace(",", ""), 16)
        for line in (ROOT / "tools/demographics.txt").read_text().splitlines()}


def files_of(folder):
    return [path for path in Path(folder).rglob("*.dcm") if ".dicom-client" not in path.parts]


def remove(source, target):
    for path in files_of(source):
        data_set = pydicom.dcmread(path)
        data_set.walk(lambda items, element: items.__delitem__(element.tag)
                      if element.tag in TAGS else None)
        data_set.save_as(Path(target) / path.name)


def look_at(path):
    """What is the same in an object before and after, and the object without its pixels."""
    data_set = pydicom.dcmread(path)
    place = (str(data_set.get("SeriesNumber")), str(data_set.get("InstanceNumber")))
    pixels = hashlib.sha256(data_set.PixelData).hexdigest()
    del data_set.PixelData
    return (place, pixels), data_set


def objections(source, target):
    before = [look_at(path) for path in files_of(source)]
    names = {str(data_set.PatientName).encode() for _, data_set in before}
    ids = {str(data_set.PatientID).encode() for _, data_set in before}
    uids = {data_set.SOPInstanceUID for _, data_set in before}
    after = []
    for path in files_of(target):
        key, data_set = look_at(path)
        after.append(key)
        content = path.read_bytes()
        if data_set.get("PatientIdentityRemoved") != "YES":
            yield "an object does not say that the patient's identity is removed"
        if any(name in content for name in names) or str(data_set.PatientID).encode() in ids:
            yield "an object still tells the patient"
        if data_set.SOPInstanceUID in uids:
            yield "an object has its old UID"
    if sorted(after) != sorted(key for key, _ in before):
        yield f"of {len(before)} objects not all are there ({len(after)}) with their pixels"


def main():
    command, source, target = sys.argv[1:]
    if command == "remove":
        remove(source, target)
        return 0
    found = next(objections(source, target), None)
    if found:
        print(found, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
