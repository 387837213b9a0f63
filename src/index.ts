/** The public door of lightfuse. */
export { boxCorners, classScores, joinMaps } from "./blocks/detection/candidates.ts";
export type { Candidates } from "./blocks/detection/candidates.ts";
export { decodeCenterNet } from "./blocks/detection/centernet.ts";
export type { CenterNetBoxes, CenterNetMaps } from "./blocks/detection/centernet.ts";
export { nonMaxSuppression } from "./blocks/detection/non-max-suppression.ts";
export type { Detections } from "./blocks/detection/non-max-suppression.ts";
export { decodeSsd, priorBoxes } from "./blocks/detection/ssd.ts";
export type { PriorLevel, SsdOptions } from "./blocks/detection/ssd.ts";
export { decodeYolo, YOLO_TINY_ANCHORS } from "./blocks/detection/yolo.ts";
export type { YoloHead } from "./blocks/detection/yolo.ts";
export { NETWORKS, network, networkEntry } from "./blocks/networks.ts";
export type { NetworkEntry } from "./blocks/networks/entry.ts";
export { searchedNetwork } from "./blocks/networks/searched-config.ts";
export { isSuperNetwork } from "./blocks/networks/is-super-network.ts";
export { subNetworkWeights } from "./blocks/networks/super-network.ts";
export { topClasses } from "./classes.ts";
export type { ScoredClass } from "./classes.ts";
export { defineFusion } from "./compiler/fusions/define-fusion.ts";
export type {
  DefinedFusion,
  FusionChoices,
  FusionSite,
  MatchFusion,
  PatternFusion,
} from "./compiler/fusions/definition.ts";
export type { Fusion, Match, Uses } from "./compiler/fusions/fusion.ts";
export type { Pattern, PatternStep } from "./compiler/fusions/pattern.ts";
export { constantOf } from "./compiler/lower/convolution.ts";
export type { CompileOptions, FusionSwitches } from "./compiler/options.ts";
export { parseDarknet } from "./darknet.ts";
export { formatExplanation } from "./explain.ts";
export type { Explanation } from "./explain.ts";
export { explainGraph, explanationPage, formatGraphExplanation } from "./explain-graph.ts";
export type { DeviceClass, ExplainOptions } from "./explain-compilation.ts";
export type { GraphExplanation } from "./explain/explanation.ts";
export type { Peaks } from "./explain/roofline.ts";
export type { TextOptions } from "./explain/text.ts";
export { formatNpy, parseNpy } from "./formats/npy.ts";
export { parseOnnx, supportedOnnxOperators } from "./formats/onnx/all.ts";
export { PREPROCESS, planPreprocess, resolvePreprocess, unmapBox } from "./formats/preprocess.ts";
export type { Preprocess, PreprocessName } from "./formats/preprocess.ts";
export { formatSafetensors, parseSafetensors } from "./formats/safetensors.ts";
export { adoptDevice, openDevice } from "./gpu/device.ts";
export type { AdapterDescription, Device, DeviceOptions } from "./gpu/device.ts";
export type { ImageSource, Pixels } from "./gpu/image-source.ts";
export type { Profile } from "./gpu/profiler.ts";
export { withBatch } from "./graph/batch.ts";
export { GraphBuilder } from "./graph/builder.ts";
export {
  DeviceError,
  FormatError,
  GraphError,
  ShaderError,
  ShapeError,
  WeightsError,
} from "./graph/errors.ts";
export type { Graph, Node, NodeOf, Value } from "./graph/graph.ts";
export * as activations from "./graph/activations.ts";
export { lookupActivation } from "./graph/lookup.ts";
export type { LookupOptions } from "./graph/lookup.ts";
export { nearestName } from "./graph/nearest.ts";
export { mask, prune } from "./graph/prune.ts";
export type { Pruned } from "./graph/prune.ts";
export type { Keep, PruneOptions } from "./graph/prune/choose.ts";
export type { KeepSets } from "./graph/prune/keeps.ts";
export type { PruneCriterion } from "./graph/prune/scores.ts";
export { countMacs, countParameters } from "./graph/statistics.ts";
export { receptiveFields } from "./graph/receptive-field.ts";
export type { Field } from "./graph/receptive-field.ts";
export { syntheticInput, syntheticWeights } from "./graph/synthetic.ts";
export { formatShape, tensor } from "./graph/tensor.ts";
export type { DataType, Shape, Tensor, TensorArray } from "./graph/tensor.ts";
export { bindWeights } from "./graph/weights.ts";
export type { ImageInput } from "./image-inputs.ts";
export { findUnsupported, readGraph } from "./import.ts";
export type { ModelSource } from "./import.ts";
export type { RunInput, RunOptions, ToGpuOptions } from "./inputs.ts";
export { inspect } from "./inspect.ts";
export type { Inspection } from "./inspect.ts";
export { inspectLayers } from "./inspect-layers.ts";
export type { InspectedLayer, LayerInspection, PixelPair } from "./inspect-layers.ts";
export { Model } from "./loaded-model.ts";
export type { GpuTensor, LoadTimes, Statistics } from "./loaded-model.ts";
export { createModel, load } from "./model.ts";
export type { LoadOptions, Progress } from "./model.ts";
export { planGraph } from "./plan-graph.ts";
export type { AutoPrecision } from "./precision.ts";
export { blockImports, packBias, packBlocks, packDepthwise } from "./shaders/conv/weights.ts";
export { defineKernel } from "./shaders/define-kernel.ts";
export type { KernelDefinition } from "./shaders/define-kernel.ts";
export type { Configuration, DeviceTraits, Kernel } from "./shaders/kernel.ts";
export { divideUp, imageSize, packed, quadsOf } from "./shaders/spec.ts";
export type { Packed, Quads } from "./shaders/spec.ts";
export type { BackgroundTuning } from "./background-tuning.ts";
export type { KernelTuneOptions } from "./tune-kernels.ts";
export { parseTuning, tune, whyUnused } from "./tune-model.ts";
export type { KernelTuning, TimedSite, TuningSource } from "./tuning-table.ts";
export { tuneFusion } from "./tune.ts";
export type { TunedSite, TuneOptions, Tuning } from "./tune.ts";
export { verify } from "./verify.ts";
export type { Verification } from "./verify.ts";
export { withWeights } from "./weights.ts";
export type { Weights } from "./weights.ts";
