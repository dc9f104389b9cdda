import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ConfigurationError } from './errors.ts';

export interface XmlProperty {
  readonly name: string;
  readonly value: string;
  readonly final: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * The properties of a Hadoop configuration file, in order.
 * @throws ConfigurationError naming the file and the line of a syntax error
 */
export function readConfigurationXml(xml: string, file: string): XmlProperty[] {
  const valid = attempt(file, () => XMLValidator.validate(xml));
  if (valid !== true) throw new ConfigurationError(`${file}:${valid.err.line}: ${valid.err.msg}`);
  const parser = new XMLParser({ parseTagValue: false, trimValues: true, isArray: (name) => name === 'property' });
  const configuration = attempt(file, () => (parser.parse(xml) as Record<string, unknown>).configuration);
  if (configuration === undefined) throw new ConfigurationError(`${file}: no <configuration> element at its top`);
  const properties = isObject(configuration) && Array.isArray(configuration.property) ? configuration.property : [];
  return properties.filter(isObject).flatMap((p) => {
    const name = textOf(p.name);
    return name ? [{ name, value: textOf(p.value), final: textOf(p.final) === 'true' }] : [];
  });
}

/** The parser throws errors of its own for some mistakes that its validator passes. */
function attempt<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (e) {
    throw new ConfigurationError(`${file}: ${e instanceof Error ? e.message : String(e)}`, { cause: e });
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeXml = (text: string): string => text.replace(/[&<>]/g, (c) => ENTITIES[c] ?? c);

/** A configuration file that any Hadoop client reads. */
export function writeConfigurationXml(properties: Readonly<Record<string, string | number | boolean>>): string {
  const rows = Object.entries(properties).map(
    ([name, value]) =>
      `  <property>\n    <name>${escapeXml(name)}</name>\n    <value>${escapeXml(String(value))}</value>\n  </property>\n`,
  );
  return `<?xml version="1.0"?>\n<configuration>\n${rows.join('')}</configuration>\n`;
}
