/** One error class for each reason that a caller may want to catch. */

/** A shape, size or attribute does not fit the operator or the input that it was given to. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** A graph is malformed: a cycle, a missing value, an operator with the wrong number of inputs. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}

/** A file could not be read: it is truncated, of another format, or uses what is not supported. */
export class FormatError extends Error {
  override readonly name = "FormatError";
}

/** Weights are missing, or their shapes are not those of the network. */
export class WeightsError extends Error {
  override readonly name = "WeightsError";
}

/** A shader did not link, did not compile, or does not agree with its contract. */
export class ShaderError extends Error {
  override readonly name = "ShaderError";
}

/** No WebGPU, no adapter, a lost device, or an error that the device reported. */
export class DeviceError extends Error {
  override readonly name = "DeviceError";
}
