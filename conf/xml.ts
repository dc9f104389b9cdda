/** Reads and writes Hadoop's configuration files. */
import escapeHtml from 'escape-html';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ConfigurationError, messageOf } from './errors.ts';

export interface XmlProperty {
  readonly name: string;
  readonly value: string;
  readonly final: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Returns the properties of a Hadoop configuration file, in order.
 * @throws ConfigurationError naming the file and the line of a syntax error
 */
export function readConfigurationXml(xml: string, file: string): XmlProperty[] {
  const valid = attempt(file, () => XMLValidator.validate(xml));
  if (valid !== true) throw new ConfigurationError(`${file}:${valid.err.line}: ${valid.err.msg}`);
  // Without htmlEntities the parser leaves characters that are written as numbers, such as &#39;, as they are.
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: true,
    htmlEntities: true,
    isArray: (name) => name === 'property',
  });
  const configuration = attempt(file, () => (parser.parse(xml) as Record<string, unknown>).configuration);
  if (configuration === undefined) throw new ConfigurationError(`${file}: no <configuration> element at its top`);
  const properties = isObject(configuration) && Array.isArray(configuration.property) ? configuration.property : [];
  return properties.filter(isObject).flatMap((p) => {
    const name = textOf(p.name);
    return name ? [{ name, value: textOf(p.value), final: textOf(p.final) === 'true' }] : [];
  });
}

/** Runs the parser, which throws errors of its own for some mistakes that its validator passes. */
function attempt<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (e) {
    throw new ConfigurationError(`${file}: ${messageOf(e)}`, { cause: e });
  }
}

/** Returns text for an XML element. HTML's escapes are XML's too; a carriage return would be read as a line feed. */
export function escapeXml(text: string): string {
  return escapeHtml(text).replaceAll('\r', '&#13;');
}

/** A configuration file that any Hadoop client reads. */
export function writeConfigurationXml(properties: Readonly<Record<string, string | number | boolean>>): string {
  const rows = Object.entries(properties).map(
    ([name, value]) =>
      `  <property>\n    <name>${escapeXml(name)}</name>\n    <value>${escapeXml(String(value))}</value>\n  </property>\n`,
  );
  return `<?xml version="1.0"?>\n<configuration>\n${rows.join('')}</configuration>\n`;
}
