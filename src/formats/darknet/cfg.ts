/** Reads a Darknet configuration (`.cfg`) into its sections. */
import { FormatError } from "../../graph/errors.ts";

/** `[convolutional]` with its options, and the line where it begins. */
export interface CfgSection {
  readonly type: string;
  readonly options: Record<string, string>;
  readonly line: number;
}

/** No real network comes near; a hostile file must not build graphs without end. */
const MOST_SECTIONS = 10_000;

/**
 * The sections of a configuration in order. Lines that begin with # or ; are comments.
 * @throws FormatError when a line is neither a section nor an option
 */
export function parseDarknetCfg(text: string, name = "model.cfg"): CfgSection[] {
  const sections: CfgSection[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.replace(/\s+/g, "");
    if (line === "" || /^[#;]/.test(line)) return;
    const where = `darknet "${name}": line ${index + 1}`;
    const section = /^\[(\w+)\]$/.exec(line);
    if (section) {
      sections.push({ type: section[1], options: {}, line: index + 1 });
      if (sections.length > MOST_SECTIONS) {
        throw new FormatError(`${where}: more than ${MOST_SECTIONS} sections`);
      }
      return;
    }
    const option = /^([\w-]+)=(.*)$/.exec(line);
    const current = sections.at(-1);
    if (!option || !current) {
      const expected = current ? "a section or key=value" : "a section";
      throw new FormatError(`${where}: "${raw.trim().slice(0, 40)}" is not ${expected}`);
    }
    current.options[option[1]] = option[2];
  });
  if (sections.length === 0) throw new FormatError(`darknet "${name}": there are no sections`);
  return sections;
}
