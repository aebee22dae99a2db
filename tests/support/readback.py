#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads DICOM files whole with pydicom: every element at every depth is converted.

Arguments: a file of paths, one a line, and a key file. For each path, in this order, a line of
JSON goes out:
    {"sop": "1.2...", "keyed": "2.25...", "bare": false, "elements": 57, "pixels": "SHA-256",
     "error": ""}
`keyed` is what docs/key.md says the key makes of the SOP Instance UID. `bare` has no file meta.
`pixels` is of the bytes of all pixel data, the item tags of fragments included; empty if there are
none.
"""
import functools
import hashlib
import hmac
import json
import logging
import multiprocessing
import sys
import warnings

import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info

PIXELS = ("FloatPixelData", "DoubleFloatPixelData", "PixelData")


def count(data_set):
    """Converts all elements and returns how many there are."""
    elements = 0
    for element in data_set:
        elements += 1
        if element.VR == "SQ":
            elements += sum(count(item) for item in element.value)
    return elements


def keyed(uid, key):
    number = bytearray(hmac.new(key, b"uid\0" + uid.encode(), hashlib.sha256).digest()[:16])
    number[6] = number[6] & 0x0F | 0x80
    number[8] = number[8] & 0x3F | 0x80
    return "2.25." + str(int.from_bytes(number, "big"))


def look_at(path, found):
    try:
        found["sop"] = str(read_file_meta_info(path).get("MediaStorageSOPInstanceUID", ""))
        data_set = pydicom.dcmread(path)
    except InvalidDicomError:
        found["bare"] = True
        data_set = pydicom.dcmread(path, force=True)
    found["sop"] = str(data_set.get("SOPInstanceUID", ""))
    found["elements"] = count(data_set)
    pixels = [data_set[name].value for name in PIXELS if name in data_set]
    if pixels:
        found["pixels"] = hashlib.sha256(b"".join(pixels)).hexdigest()


def read(path, key):
    # What a value violates is dciodvfy's to say; that it cannot be read is ours.
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    found = {"sop": "", "keyed": "", "bare": False, "elements": 0, "pixels": "", "error": ""}
    try:
        look_at(path, found)
    except Exception as error:  # whatever pydicom throws is an answer
        found["error"] = type(error).__name__
    found["keyed"] = keyed(found["sop"], key)
    return json.dumps(found)


def main():
    with open(sys.argv[1], encoding="utf-8", errors="surrogateescape") as file:
        paths = file.read().splitlines()
    with open(sys.argv[2], "rb") as file:
        key = file.read()
    with multiprocessing.Pool() as pool:
        for line in pool.imap(functools.partial(read, key=key), paths, chunksize=16):
            print(line)


if __name__ == "__main__":
    main()
