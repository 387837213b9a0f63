/** Says where in which file a shader went wrong. */
import { ShaderError } from "../graph/errors.ts";

/** The compiler's first message, with the file and line of our sources. */
export async function shaderError(
  label: string,
  code: string,
  module: GPUShaderModule,
  error: unknown,
): Promise<ShaderError> {
  const info = await module.getCompilationInfo();
  const message = info.messages.find(({ type }) => type === "error");
  const cause = message?.message ?? (error instanceof Error ? error.message : String(error));
  const where = message ? `${locate(code, message.lineNum)}: ` : "";
  return new ShaderError(`${label}: ${where}${cause}`);
}

/** `conv/pointwise.wgsl:41` for a line of a linked module. */
export function locate(code: string, line: number): string {
  const before = code.split("\n").slice(0, line);
  const start = before.findLastIndex((text) => text.startsWith("// ---- "));
  return start < 0 ? `line ${line}` : `${before[start].slice(8)}:${line - start - 1}`;
}
