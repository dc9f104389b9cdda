// Compiles protocol/proto/*.proto into the TypeScript of protocol/gen. protobufjs parses the declarations, and its Reader
// and Writer handle the bytes at run time. This script writes the code between them, so that messages are plain objects,
// an absent field is `undefined`, and a bundle holds only the messages that it uses (docs/decisions/protobuf.md).
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'protocol');
const protoDir = path.join(root, 'proto');
const outDir = path.join(root, 'gen');

/** Hadoop's names of the services' protocols, which clients send in connection contexts and request headers. */
const PROTOCOL_NAMES = {
  ClientNamenodeProtocol: 'org.apache.hadoop.hdfs.protocol.ClientProtocol',
  ClientDatanodeProtocolService: 'org.apache.hadoop.hdfs.protocol.ClientDatanodeProtocol',
  DatanodeProtocolService: 'org.apache.hadoop.hdfs.server.protocol.DatanodeProtocol',
  NamenodeProtocolService: 'org.apache.hadoop.hdfs.server.protocol.NamenodeProtocol',
  InterDatanodeProtocolService: 'org.apache.hadoop.hdfs.server.protocol.InterDatanodeProtocol',
  ReconfigurationProtocolService: 'org.apache.hadoop.hdfs.protocol.ReconfigurationProtocol',
  HAServiceProtocolService: 'org.apache.hadoop.ha.HAServiceProtocol',
  ProtocolInfoService: 'org.apache.hadoop.ipc.ProtocolMetaInfoPB',
  GetUserMappingsProtocolService: 'org.apache.hadoop.tools.GetUserMappingsProtocol',
};

const parsed = new protobuf.Root();
parsed.resolvePath = (_, target) => (path.isAbsolute(target) ? target : path.join(protoDir, target));
const files = fs
  .readdirSync(protoDir)
  .filter((f) => f.endsWith('.proto'))
  .sort();
parsed
  .loadSync(
    files.map((f) => path.join(protoDir, f)),
    { keepCase: true },
  )
  .resolveAll();

// New names of messages whose names more than one protocol uses.
const RENAMED = {
  '.hadoop.hdfs.namenode.ErrorReportRequestProto': 'NamenodeErrorReportRequestProto',
  '.hadoop.hdfs.namenode.ErrorReportResponseProto': 'NamenodeErrorReportResponseProto',
  '.hadoop.hdfs.datanode.ReportBadBlocksRequestProto': 'DatanodeReportBadBlocksRequestProto',
  '.hadoop.hdfs.datanode.ReportBadBlocksResponseProto': 'DatanodeReportBadBlocksResponseProto',
};

/** Returns `Outer_Inner` for `Outer.Inner`. The package is left out; a check below makes sure that names stay unique. */
const flatName = (type) => {
  if (RENAMED[type.fullName]) return RENAMED[type.fullName];
  const parts = [];
  for (let at = type; at instanceof protobuf.Type || at instanceof protobuf.Enum; at = at.parent)
    parts.unshift(at.name);
  return parts.join('_');
};

const SCALAR_TS = { string: 'string', bytes: 'Uint8Array', bool: 'boolean' };
// Java reads every 64-bit field as a signed long, so uint64 has the same code as int64.
const WRITE = {
  int64: 'writeLong',
  uint64: 'writeLong',
  sint64: 'writeZigZagLong',
  sfixed64: 'writeFixedLong',
  exactLong: 'writeExactLong',
};
const READ = { int64: 'readLong', uint64: 'readLong', exactLong: 'readExactLong' };
const WIRE = {
  exactLong: 0,
  bool: 0,
  int32: 0,
  uint32: 0,
  sint32: 0,
  int64: 0,
  uint64: 0,
  sint64: 0,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
  fixed32: 5,
  sfixed32: 5,
  float: 5,
  string: 2,
  bytes: 2,
};
/** Whether a field is declared with `[jstype = JS_STRING]`: a 64-bit number of which no digit may be lost. */
const isExact = (f) => f.options?.jstype === 'JS_STRING';
const scalar = (f) => (f.resolvedType instanceof protobuf.Enum ? 'int32' : isExact(f) ? 'exactLong' : f.type);
const isMessage = (f) => f.resolvedType instanceof protobuf.Type;
const tsType = (f) =>
  f.resolvedType ? flatName(f.resolvedType) : isExact(f) ? 'string' : (SCALAR_TS[f.type] ?? 'number');
const writeScalar = (type, value) => (WRITE[type] ? `${WRITE[type]}(w, ${value})` : `w.${type}(${value})`);
const readScalar = (type) =>
  READ[type]
    ? `${READ[type]}(r)`
    : type === 'sint64' || type === 'sfixed64' || type === 'fixed64'
      ? `Number(r.${type}())`
      : `r.${type}()`;
const tag = (f, wire) => `w.uint32(${((f.id << 3) | wire) >>> 0})`;

function writeField(f) {
  const value = `m.${f.name}`;
  const one = (v) =>
    isMessage(f)
      ? `${tsType(f)}.write(${v}, ${tag(f, 2)}.fork()).ldelim();`
      : WRITE[scalar(f)]
        ? `${tag(f, WIRE[scalar(f)])}; ${writeScalar(scalar(f), v)};`
        : `${tag(f, WIRE[scalar(f)])}.${scalar(f)}(${v});`;
  if (f.repeated && f.packed)
    return `if (${value}.length) { ${tag(f, 2)}.fork(); for (const v of ${value}) ${writeScalar(scalar(f), 'v')}; w.ldelim(); }`;
  if (f.repeated) return `for (const v of ${value}) { ${one('v')} }`;
  return f.required ? one(value) : `if (${value} !== undefined) { ${one(value)} }`;
}

function readField(f) {
  const one = isMessage(f)
    ? `${tsType(f)}.read(r, r.uint32() + r.pos)`
    : `${readScalar(scalar(f))}${f.resolvedType ? ` as ${tsType(f)}` : ''}`;
  if (!f.repeated && f.resolvedType instanceof protobuf.Enum) {
    return `{ const v = r.int32(); if (${isKnown(f.resolvedType)}) m.${f.name} = v as ${tsType(f)}; break; }`;
  }
  if (!f.repeated) return `m.${f.name} = ${one}; break;`;
  if (isMessage(f) || WIRE[scalar(f)] === 2) return `countObject(); m.${f.name}.push(${one}); break;`;
  return `if ((tag & 7) === 2) { const stop = r.uint32() + r.pos; while (r.pos < stop) { countNumber(); m.${f.name}.push(${one}); } } else { countNumber(); m.${f.name}.push(${one}); } break;`;
}

/** Returns the test for known values. In Java a field is absent if its enum does not have the value on the wire. */
function isKnown(type) {
  const values = [...new Set(Object.values(type.values))].sort((a, b) => a - b);
  const [first, last] = [values[0], values.at(-1)];
  const gapless = last - first === values.length - 1;
  return gapless ? `v >= ${first} && v <= ${last}` : values.map((v) => `v === ${v}`).join(' || ');
}

function defaultOf(f) {
  if (f.repeated) return '[]';
  if (f.options?.default === undefined) return 'undefined';
  return f.resolvedType
    ? `${flatName(f.resolvedType)}.${f.options.default}`
    : JSON.stringify(isExact(f) ? String(f.options.default) : f.options.default);
}

function emitMessage(type) {
  const name = flatName(type);
  const fields = type.fieldsArray;
  const shape = fields.map(
    (f) =>
      `  ${f.name}${f.repeated || f.required ? '' : '?'}: ${tsType(f)}${f.repeated ? '[]' : f.required ? '' : ' | undefined'};`,
  );
  const required = fields.filter((f) => f.required);
  const mutable = required.length
    ? `Partial<Pick<${name}, ${required.map((f) => `'${f.name}'`).join(' | ')}>> & Omit<${name}, ${required.map((f) => `'${f.name}'`).join(' | ')}>`
    : name;
  return `export interface ${name} {\n${shape.join('\n')}\n}
export const ${name}: MessageType<${name}> = /* @__PURE__ */ message('${type.fullName.slice(1)}', (m, w) => {
${fields.map((f) => `  ${writeField(f)}`).join('\n')}
  return w;
}, (r, end) => {
  const m: ${mutable} = { ${fields.map((f) => `${f.name}: ${defaultOf(f)}`).join(', ')} };
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag >>> 3) {
${fields.map((f) => `      case ${f.id}: ${readField(f)}`).join('\n')}
      default: r.skipType(tag & 7);
    }
  }
${required.map((f) => `  if (m.${f.name} === undefined) missing('${name}', '${f.name}');\n`).join('')}  return m as ${name};
});\n`;
}

const emitEnum = (type) => {
  const name = flatName(type);
  return `export const ${name} = { ${Object.entries(type.values)
    .map(([k, v]) => `${k}: ${v}`)
    .join(', ')} } as const;
export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`;
};

/** Returns Java's String.hashCode. */
const javaHash = (text) => [...text].reduce((hash, c) => (Math.imul(31, hash) + c.charCodeAt(0)) | 0, 0);

/** Returns the Java class of a message, which is nested in the outer class that the options of its file name. */
function javaClass(type) {
  const source = fs.readFileSync(type.filename, 'utf8');
  const option = (name) =>
    new RegExp(`option ${name} = "(.*)";`).exec(source)?.[1] ?? fail(`${type.filename} has no ${name}`);
  return `${option('java_package')}.${option('java_outer_classname')}$${type.name}`;
}

/** Returns Hadoop's ProtocolSignature.getFingerprint of a method, by which a JVM client knows the method. */
function fingerprint(m) {
  const named = (javaHash(m.name) + Math.imul(31, javaHash(javaClass(m.resolvedResponseType)))) | 0;
  const parameters = ['org.apache.hadoop.thirdparty.protobuf.RpcController', javaClass(m.resolvedRequestType)];
  return parameters.reduce((hash, name) => Math.imul(31, hash) ^ javaHash(name), named);
}

function fail(message) {
  throw new Error(message);
}

const kebab = (name) =>
  name
    .replace(/(Protocol)?(Service)?$/, '')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();

function emitService(service) {
  const protocol = PROTOCOL_NAMES[service.name];
  if (!protocol) throw new Error(`no protocol name for ${service.name}`);
  const methods = service.methodsArray.map((m) => {
    const name = m.name === 'delete' ? 'delete_' : m.name;
    return {
      name,
      line: `export const ${name} = /* @__PURE__ */ method('${protocol}', '${m.name}', M.${flatName(m.resolvedRequestType)}, M.${flatName(m.resolvedResponseType)}, ${fingerprint(m)});`,
    };
  });
  return `// Generated by scripts/generate-messages.mjs.\nimport { method } from '../method.ts';\nimport * as M from './messages.ts';\n
export const PROTOCOL = '${protocol}';\n${methods.map((m) => m.line).join('\n')}\n`;
}

const seen = new Map();
const messages = [];
const services = [];
(function visit(ns) {
  for (const item of ns.nestedArray ?? []) {
    if (item instanceof protobuf.Type || item instanceof protobuf.Enum) {
      const name = flatName(item);
      if (seen.has(name)) throw new Error(`${item.fullName} and ${seen.get(name)} would share the name ${name}`);
      seen.set(name, item.fullName);
      messages.push(item instanceof protobuf.Type ? emitMessage(item) : emitEnum(item));
    }
    if (item instanceof protobuf.Service) services.push(item);
    if (item instanceof protobuf.Namespace) visit(item);
  }
})(parsed);

fs.mkdirSync(outDir, { recursive: true });
fs.writeFileSync(
  path.join(outDir, 'messages.ts'),
  `// Generated by scripts/generate-messages.mjs.
import { countNumber, countObject, type MessageType, message, missing, readExactLong, readLong, writeExactLong, writeFixedLong, writeLong, writeZigZagLong } from '../message.ts';\n\n${messages.join('\n')}`,
);
for (const service of services) fs.writeFileSync(path.join(outDir, `${kebab(service.name)}.ts`), emitService(service));
