#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes data/dictionary.tsv, data/transfer_syntaxes.tsv and data/storage_sop_classes.tsv.

Run by people, when a new edition of DICOM is taken up; the build only reads the tables.

    tools/make_tables.py [PS3.15_TABLE_E1_1.tsv]

Sources: the tables of PS3.6 and PS3.7 in pydicom 2.3.1 (Debian: python3-pydicom), what later
editions added (the lists LATER_* below, from PS3.6 2022b to 2024b), and, for the dictionary, the
attributes of PS3.15 Table E.1-1 that pydicom lacks (a table with the columns tag, keyword, vr,
retired; without it, those that the present dictionary.tsv has beyond pydicom's are kept).
What may carry compressed pixels, and which modality writes which class, is our own knowledge.
"""
import csv
import re
import sys
from pathlib import Path

import pydicom
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary

DATA = Path(__file__).resolve().parent.parent / "data"
SOURCE = f"PS3.6 as in pydicom {pydicom.__version__} (2022a), with additions up to 2024b"

LATER_ATTRIBUTES = [("00060001", "CurrentFrameFunctionalGroupsSequence", "SQ", "1", "")]

SYNTAX = "1.2.840.10008.1.2."
LATER_SYNTAXES = [
    *((f"{SYNTAX}4.{number}.1", f"{keyword}F")
      for number, keyword in [(100, "MPEG2MPML"), (101, "MPEG2MPHL"), (102, "MPEG4HP41"),
                              (103, "MPEG4HP41BD"), (104, "MPEG4HP422D"), (105, "MPEG4HP423D"),
                              (106, "MPEG4HP42STEREO")]),
    (f"{SYNTAX}4.110", "JPEGXLLossless"),
    (f"{SYNTAX}4.111", "JPEGXLJPEGRecompression"),
    (f"{SYNTAX}4.112", "JPEGXL"),
    (f"{SYNTAX}4.201", "HTJ2KLossless"),
    (f"{SYNTAX}4.202", "HTJ2KLosslessRPCL"),
    (f"{SYNTAX}4.203", "HTJ2K"),
    (f"{SYNTAX}4.204", "JPIPHTJ2KReferenced"),
    (f"{SYNTAX}4.205", "JPIPHTJ2KReferencedDeflate"),
    (f"{SYNTAX}8.1", "DeflatedImageFrameCompression"),
    ("1.2.840.113619.5.2", "GEPrivateImplicitVRBigEndianPixels"),
]

STORAGE = "1.2.840.10008.5.1.4.1.1."
LATER_CLASSES = [
    (f"{STORAGE}6.3", "PhotoacousticImageStorage"),
    (f"{STORAGE}9.1.4", "General32bitECGWaveformStorage"),
    (f"{STORAGE}9.100.1", "WaveformPresentationStateStorage"),
    (f"{STORAGE}9.100.2", "WaveformAcquisitionPresentationStateStorage"),
    (f"{STORAGE}11.12", "VariableModalityLUTSoftcopyPresentationStateStorage"),
    (f"{STORAGE}66.7", "LabelMapSegmentationStorage"),
    (f"{STORAGE}66.8", "HeightMapSegmentationStorage"),
    (f"{STORAGE}77.1.8", "ConfocalMicroscopyImageStorage"),
    (f"{STORAGE}77.1.9", "ConfocalMicroscopyTiledPyramidalImageStorage"),
    (f"{STORAGE}201.1", "InventoryStorage"),
    (f"{STORAGE}481.23", "EnhancedRTImageStorage"),
    (f"{STORAGE}481.24", "EnhancedContinuousRTImageStorage"),
    (f"{STORAGE}481.25", "RTPatientPositionAcquisitionInstructionStorage"),
]

# Classes with pixel data whose keyword does not say "Image".
PIXELS = re.compile("Image|Segmentation|ParametricMap|RTDose|EnhancedUSVolume|ThicknessMap|"
                    "TopographyMap|VolumeAnalysis")
NO_PIXELS = re.compile("SurfaceSegmentation|SegmentedVolume|PresentationState|SRStorage")

# Modality (0008,0060) values -> the beginnings of the keywords of classes they commonly write.
# `*` goes along with any modality.
MODALITIES = {
    "*": ["SecondaryCaptureImage", "MultiFrameSingleBit", "MultiFrameGrayscale",
          "MultiFrameTrueColor", "GrayscaleSoftcopy", "ColorSoftcopy", "PseudoColorSoftcopy",
          "BlendingSoftcopy", "AdvancedBlending", "KeyObject", "BasicTextSR", "EnhancedSR",
          "ComprehensiveSR", "Comprehensive3DSR", "ExtensibleSR", "SegmentationStorage",
          "LabelMapSegmentation", "RawData", "EncapsulatedPDF", "RealWorldValue",
          "SpatialRegistration", "SpatialFiducials", "DeformableSpatial", "ParametricMap",
          "XRayRadiationDoseSR", "RadiopharmaceuticalRadiationDoseSR"],
    "AR": ["Autorefraction"],
    "ASMT": ["ContentAssessment"],
    "AU": ["BasicVoiceAudio", "GeneralAudio"],
    "BMD": ["ComputedRadiography", "DigitalXRay"],
    "BI": ["VLPhotographic"],
    "CR": ["ComputedRadiography"],
    "CT": ["CTImage", "EnhancedCT", "LegacyConvertedEnhancedCT", "CTPerformed"],
    "CTPROTOCOL": ["CTDefined", "CTPerformed"],
    "DG": ["ComputedRadiography"],
    "DMS": ["Dermoscopic"],
    "DOC": ["EncapsulatedCDA"],
    "DX": ["DigitalXRay", "ComputedRadiography"],
    "ECG": ["TwelveLeadECG", "GeneralECG", "AmbulatoryECG", "General32bitECG", "Hemodynamic"],
    "EEG": ["RoutineScalp", "SleepElectro"],
    "EMG": ["Electromyogram"],
    "EOG": ["Electrooculogram"],
    "EPS": ["CardiacElectro"],
    "ES": ["VLEndoscopic", "VideoEndoscopic", "VLPhotographic", "VideoPhotographic"],
    "GM": ["VLMicroscopic", "VideoMicroscopic", "Confocal"],
    "HD": ["Hemodynamic", "TwelveLeadECG", "GeneralECG", "ArterialPulse", "Respiratory"],
    "IO": ["DigitalIntraOral", "DigitalXRay"],
    "IOL": ["IntraocularLens"],
    "IVOCT": ["IntravascularOptical"],
    "IVUS": ["UltrasoundMultiFrame", "UltrasoundImage", "XRayAngiographic"],
    "KER": ["Keratometry"],
    "LEN": ["Lensometry"],
    "LS": ["SurfaceScan"],
    "MG": ["DigitalMammography", "BreastTomosynthesis", "BreastProjection", "MammographyCAD",
           "ComputedRadiography"],
    "M3D": ["EncapsulatedSTL", "EncapsulatedOBJ", "EncapsulatedMTL"],
    "MR": ["MRImage", "EnhancedMRImage", "EnhancedMRColor", "MRSpectroscopy",
           "LegacyConvertedEnhancedMR", "Tractography"],
    "NM": ["NuclearMedicine"],
    "OAM": ["OphthalmicAxial"],
    "OCT": ["OphthalmicTomography", "OphthalmicOptical", "IntravascularOptical", "Macular"],
    "OP": ["OphthalmicPhotography", "WideField", "Stereometric"],
    "OPM": ["OphthalmicThickness", "CornealTopography", "Macular"],
    "OPT": ["OphthalmicTomography", "OphthalmicOptical", "Macular", "HeightMap"],
    "OPTBSV": ["OphthalmicOpticalCoherenceTomographyBscan"],
    "OPTENF": ["OphthalmicOpticalCoherenceTomographyEnFace"],
    "OPV": ["OphthalmicVisualField"],
    "OT": ["UltrasoundImage", "ComputedRadiography", "VLPhotographic"],
    "PA": ["Photoacoustic"],
    "POS": ["BodyPosition"],
    "PT": ["PositronEmission", "EnhancedPET", "LegacyConvertedEnhancedPET", "StandalonePET",
           "CTImage"],
    "PX": ["DigitalXRay", "ComputedRadiography", "XRay3DCraniofacial"],
    "RESP": ["Respiratory", "MultichannelRespiratory"],
    "RF": ["XRayRadiofluoroscopic", "EnhancedXRF", "XRayAngiographic", "DigitalXRay",
           "ComputedRadiography", "XAXRF"],
    "RG": ["ComputedRadiography", "DigitalXRay"],
    "RTDOSE": ["RTDose"],
    "RTIMAGE": ["RTImage", "EnhancedRTImage", "EnhancedContinuousRT"],
    "RTINTENT": ["RTPhysicianIntent"],
    "RTPLAN": ["RTPlan", "RTIonPlan", "RTBeamsDelivery", "RTBrachyApplication"],
    "RTRAD": ["CArmPhotonElectronRadiationStorage", "TomotherapeuticRadiationStorage",
              "RoboticArm", "RTRadiationSetStorage"],
    "RTRECORD": ["RTBeamsTreatment", "RTBrachyTreatment", "RTTreatmentSummary",
                 "RTIonBeamsTreatment", "RTRadiationRecord", "RTRadiationSalvage",
                 "TomotherapeuticRadiationRecord", "CArmPhotonElectronRadiationRecord",
                 "RoboticRadiationRecord"],
    "RTSEGANN": ["RTSegmentAnnotation"],
    "RTSTRUCT": ["RTStructureSet"],
    "SEG": ["SurfaceSegmentation", "HeightMap"],
    "SM": ["VLWholeSlide", "VLSlide", "VLMicroscopic", "Confocal", "MicroscopyBulk"],
    "SMR": ["Stereometric"],
    "SR": ["MammographyCAD", "ChestCAD", "ColonCAD", "ProcedureLog", "Implantation",
           "AcquisitionContext", "SimplifiedAdultEcho", "PatientRadiationDose", "EnhancedXRay",
           "PlannedImaging", "PerformedImaging", "TextSRStorageTrial", "AudioSR", "DetailSR"],
    "SRF": ["SubjectiveRefraction"],
    "US": ["UltrasoundImage", "UltrasoundMultiFrame", "EnhancedUSVolume", "SimplifiedAdultEcho"],
    "VA": ["VisualAcuity"],
    "XA": ["XRayAngiographic", "EnhancedXA", "XRay3DAngiographic", "XAXRF", "XRayRadiofluoro"],
    "XAPROTOCOL": ["XADefined", "XAPerformed"],
    "XC": ["VLPhotographic", "VideoPhotographic"],
}


def numbers(uid):
    return [int(part) for part in uid.split(".")]


def one_vr(vr):
    """The VR an implicit element of several is read with (PS3.5 A.1: OB or OW is OW)."""
    if vr == "NONE":
        return "--"
    return "OW" if vr == "OB or OW" else vr.split(" or ")[0]


def attributes(profile_table):
    rows = {}
    for tag, (vr, vm, name, retired, keyword) in DicomDictionary.items():
        if name != "Retired-blank":  # the standard gives these no VR
            rows[f"{tag:08X}"] = (keyword, one_vr(vr), vm, "retired" if retired else "")
    for mask, (vr, vm, _, retired, keyword) in RepeatersDictionary.items():
        rows[mask] = (keyword, one_vr(vr), vm, "retired" if retired else "")
    for tag, *row in LATER_ATTRIBUTES:
        rows.setdefault(tag, tuple(row))
    if profile_table:
        with open(profile_table, encoding="utf-8") as table:
            for row in csv.DictReader(table, delimiter="\t"):
                tag = re.sub("[(),]", "", row["tag"])
                if re.fullmatch("[0-9A-F]{8}", tag):
                    retired = "retired" if row["retired"] == "Y" else ""
                    rows.setdefault(tag, (row["keyword"], one_vr(row["vr"]), "1", retired))
    else:
        for tag, *row in read_table("dictionary.tsv"):
            rows.setdefault(tag, tuple(row))
    return [(tag, *rows[tag]) for tag in sorted(rows, key=lambda tag: ("x" in tag, tag))]


def encoding(uid, keyword):
    if uid in (f"{SYNTAX}6.1", f"{SYNTAX}6.2"):
        return "none"
    if "Implicit" in keyword:
        return "implicit_le"
    if uid == f"{SYNTAX}2":
        return "explicit_be"
    if uid == f"{SYNTAX}1.99" or keyword.startswith("JPIP") and keyword.endswith("Deflate"):
        return "deflated"
    if keyword.startswith(("JPIP", "SMPTE")) or uid == f"{SYNTAX}1":
        return "explicit_le"  # their pixels come another way
    return "encapsulated"


def syntax_kind(keyword, how):
    if keyword.startswith(("MPEG", "HEVC", "SMPTE")):
        return "video"
    if keyword.startswith("JPIP"):
        return "reference"
    return "image" if how == "encapsulated" and "Uncompressed" not in keyword else "any"


def syntaxes():
    known = [(uid, row[4]) for uid, row in UID_dictionary.items() if row[1] == "Transfer Syntax"]
    rows = dict(known + LATER_SYNTAXES)
    for uid in sorted(rows, key=numbers):
        how = encoding(uid, rows[uid])
        yield uid, rows[uid], how, syntax_kind(rows[uid], how)


def class_kind(keyword):
    if keyword.startswith("Video"):
        return "video"
    return "image" if PIXELS.search(keyword) and not NO_PIXELS.search(keyword) else "other"


def storage_classes():
    known = [(uid, row[4]) for uid, row in UID_dictionary.items()
             if row[1] == "SOP Class" and "Storage" in row[0] and row[2] == ""
             and uid.startswith("1.2.840.10008.5.1.4.") and "Commitment" not in row[0]]
    rows = dict(known + LATER_CLASSES)
    for uid in sorted(rows, key=numbers):
        keyword = rows[uid]
        modalities = [name for name, starts in MODALITIES.items()
                      if keyword.startswith(tuple(starts))]
        yield uid, keyword, class_kind(keyword), ",".join(modalities)


def read_table(name):
    path = DATA / name
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def write_table(name, columns, rows):
    rows = ["\t".join(row) for row in rows]
    head = [f"# {SOURCE}; made by tools/make_tables.py", "# " + "\t".join(columns)]
    (DATA / name).write_text("\n".join(head + rows) + "\n", encoding="utf-8")
    print(f"{name}: {len(rows)} rows")


def main():
    profile_table = sys.argv[1] if len(sys.argv) > 1 else None
    write_table("dictionary.tsv", ["tag", "keyword", "vr", "vm", "retired"],
                attributes(profile_table))
    write_table("transfer_syntaxes.tsv", ["uid", "keyword", "encoding", "kind"], syntaxes())
    write_table("storage_sop_classes.tsv", ["uid", "keyword", "kind", "modalities"],
                storage_classes())


if __name__ == "__main__":
    main()
