/** The other real models that import, and what a trusted engine computed for one photo each. */

export interface Detector {
  /** Folder below `models/`. */
  readonly folder: string;
  /** The model file without `.onnx`. */
  readonly file: string;
  /** What names of reference files begin with, where that is not the model file. */
  readonly photo: string;
  /** Names of outputs, and of the files that hold them. */
  readonly outputs: Readonly<Record<string, string>>;
}

const same = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));

export const DETECTORS: readonly Detector[] = [
  {
    folder: "yolox_nano",
    file: "yolox_nano",
    photo: "yolox_nano.dog",
    outputs: same("output"),
  },
  {
    folder: "fastestdet",
    file: "FastestDet",
    photo: "FastestDet.dog",
    outputs: { "758": "output" },
  },
  {
    folder: "minifasnet_v2",
    file: "2.7_80x80_MiniFASNetV2",
    photo: "2.7_80x80_MiniFASNetV2.image_T1",
    outputs: { "556": "output" },
  },
  {
    folder: "blazeface_short",
    file: "face_detection_short_range_fp32",
    photo: "face_detection_short_range_fp32.astronaut",
    outputs: same("output0", "output1"),
  },
  {
    folder: "ultraface",
    file: "version-RFB-320",
    photo: "version-RFB-320.face",
    outputs: same("scores", "boxes"),
  },
  {
    folder: "retinaface_mobilenet0.25",
    file: "retinaface_mobilenet0.25_352x512",
    photo: "mobilenet0.25.face",
    outputs: same("loc", "conf"),
  },
  {
    folder: "nanodet_m",
    file: "nanodet_m_320_fp32",
    photo: "nanodet_m_320_fp32.dog",
    outputs: same("792", "795", "814", "817", "836", "839"),
  },
  {
    folder: "yolo_fastest_1.1",
    file: "yolo-fastest-1.1_fp32",
    photo: "yolo-fastest-1.1_fp32.dog",
    outputs: same("l120_c", "l129_c"),
  },
  {
    folder: "vww_mobilenet_v1_0.25",
    file: "vww_96_float",
    photo: "vww_96_float.person",
    outputs: same("output"),
  },
  {
    folder: "mobilenet_v3_small_3class",
    file: "mobilenet_v3_small_3class",
    photo: "mobilenet_v3_small_3class.coral_hot_dog",
    outputs: { logits: "output" },
  },
  {
    folder: "deeplabv3_mnv2_dm05",
    file: "deeplabv3_mnv2_dm05_pascal_dequant_fp32",
    photo: "deeplabv3_mnv2_dm05_pascal_dequant_fp32.cat",
    outputs: same("output"),
  },
];
