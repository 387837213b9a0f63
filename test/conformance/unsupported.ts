/** The ONNX node tests that are not supported, and why. */

export interface UnsupportedGroup {
  /** Why it is right to reject them. */
  readonly reason: string;
  /** What the importer's message must say. */
  readonly message: RegExp;
  readonly tests: readonly string[];
}

export const UNSUPPORTED: readonly UnsupportedGroup[] = [
  {
    reason:
      "These element types are of less than 8 bits or floats of 8 bits: tensors of a network have none of them.",
    message: /element type (float8|float4|u?int4|u?int2)\w* is not supported/,
    tests: [
      "node/test_cast_FLOAT16_to_FLOAT8E4M3FN",
      "node/test_cast_FLOAT16_to_FLOAT8E4M3FNUZ",
      "node/test_cast_FLOAT16_to_FLOAT8E5M2FNUZ",
      "node/test_cast_FLOAT16_to_INT2",
      "node/test_cast_FLOAT16_to_INT4",
      "node/test_cast_FLOAT16_to_UINT4",
      "node/test_cast_FLOAT4E2M1_to_FLOAT",
      "node/test_cast_FLOAT8E4M3FNUZ_to_FLOAT",
      "node/test_cast_FLOAT8E4M3FNUZ_to_FLOAT16",
      "node/test_cast_FLOAT8E4M3FN_to_FLOAT",
      "node/test_cast_FLOAT8E5M2_to_FLOAT",
      "node/test_cast_FLOAT_to_FLOAT8E5M2",
      "node/test_cast_FLOAT_to_FLOAT8E5M2FNUZ",
      "node/test_cast_FLOAT_to_INT4",
      "node/test_cast_FLOAT_to_UINT2",
      "node/test_cast_FLOAT_to_UINT4",
      "node/test_cast_INT2_to_FLOAT",
      "node/test_cast_INT2_to_FLOAT16",
      "node/test_cast_INT2_to_INT8",
      "node/test_cast_INT4_to_FLOAT",
      "node/test_cast_INT4_to_FLOAT16",
      "node/test_cast_INT4_to_INT8",
      "node/test_cast_UINT2_to_FLOAT16",
      "node/test_cast_UINT2_to_UINT8",
      "node/test_cast_UINT4_to_FLOAT",
      "node/test_cast_UINT4_to_FLOAT16",
      "node/test_cast_e8m0_FLOAT16_to_FLOAT8E8M0",
      "node/test_cast_e8m0_FLOAT8E8M0_to_FLOAT",
      "node/test_cast_e8m0_FLOAT8E8M0_to_FLOAT16",
      "node/test_cast_no_saturate_FLOAT16_to_FLOAT8E4M3FNUZ",
      "node/test_cast_no_saturate_FLOAT16_to_FLOAT8E5M2",
      "node/test_cast_no_saturate_FLOAT16_to_FLOAT8E5M2FNUZ",
      "node/test_cast_no_saturate_FLOAT_to_FLOAT8E5M2",
      "node/test_cast_no_saturate_FLOAT_to_FLOAT8E5M2FNUZ",
      "node/test_dequantizelinear_e4m3fn_float16",
      "node/test_dequantizelinear_e5m2",
      "node/test_dequantizelinear_float4e2m1",
      "node/test_dequantizelinear_int2",
      "node/test_dequantizelinear_int4",
      "node/test_dequantizelinear_uint4",
      "node/test_quantizelinear_e4m3fn",
      "node/test_quantizelinear_int2",
      "node/test_quantizelinear_uint4",
    ],
  },
  {
    reason: "Sequences and optional values are no tensors: networks of the field have none.",
    message: /is not a tensor/,
    tests: ["node/test_identity_opt", "node/test_identity_sequence"],
  },
  {
    reason: "The expected outputs are random numbers of NumPy's generator.",
    message: /\"Dropout\": training_mode is not supported/,
    tests: [
      "node/test_training_dropout",
      "node/test_training_dropout_default",
      "node/test_training_dropout_default_mask",
      "node/test_training_dropout_mask",
    ],
  },
];
