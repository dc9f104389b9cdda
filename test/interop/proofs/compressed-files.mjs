// Proof: Hadoop reads the compressed files, SequenceFiles and Avro files that Calf's jobs write, and Calf reads Hadoop's.
// Zstandard is left out: Hadoop has it in its native library only, which Maven Central lacks. The proof data-files has it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { calfCommand, calfDfs } from '../lib/calf-cluster.mjs';
import { javaArgs } from '../lib/hadoop-install.mjs';
import { runOk } from '../lib/processes.mjs';
import { interopDir, java } from '../lib/tools.mjs';

export const title = 'compressed files, SequenceFiles and Avro files of Hadoop 3.4.2 and ours';
export const needs = ['java', 'maven'];

const CODECS = ['DefaultCodec', 'GzipCodec', 'BZip2Codec', 'SnappyCodec', 'Lz4Codec'];
const LINES = 20_000;
const COMPRESS = 'mapreduce.output.fileoutputformat.compress';

const JOBS = {
  text: `import { job } from 'calf';
    export default job({ reducers: 0, map(line, { emit }) { emit(null, line); } });`,
  sequence: `import { job, sequenceFileOutput } from 'calf';
    export default job({ reducers: 0, map(line, { key, emit }) { emit(key, line); }, output: sequenceFileOutput() });`,
  avro: `import { avroOutput, job } from 'calf';
    const schema = { type: 'record', name: 'Line', fields: [
      { name: 'at', type: 'long' }, { name: 'text', type: ['null', 'string'] }, { name: 'share', type: 'double' }] };
    export default job({ reducers: 0, map(line, { key, emit }) { emit(null, { at: key, text: line, share: key / 7 }); },
      output: avroOutput({ schema }) });`,
};

export async function prove(t) {
  const { dir } = t;
  const text = Array.from(
    { length: LINES },
    (_, i) => `line ${i} é ${(i * 7919) % 10_007} ${(i * 104_729) % 100_003}\n`,
  ).join('');
  fs.writeFileSync(path.join(dir, 'text'), text);
  const confDir = path.join(dir, 'conf');
  fs.mkdirSync(confDir);
  fs.writeFileSync(
    path.join(confDir, 'mapred-site.xml'),
    '<configuration><property><name>mapreduce.framework.name</name><value>local</value></property></configuration>',
  );
  const hadoop = async (...args) => {
    const program = path.join(interopDir, 'java', 'CompressedFiles.java');
    return (await runOk(java, javaArgs(undefined, program, args), { timeoutMs: 120_000 })).stdout;
  };
  /** One process prints the texts of all files, which saves the starts of the others. */
  const sameTexts = async (files) => {
    await hadoop('text', ...files);
    const { code, stdout, stderr } = await calfDfs(confDir, ['-text', ...files.map((file) => `file:${file}`)]);
    assert.equal(code, 0, stderr);
    const theirs = files.map((file) => fs.readFileSync(`${file}.hadoop-text`, 'utf8'));
    assert.ok(stdout === theirs.join(''), `the texts of ${files.join(' ')} are not the same`);
    return `${files.length} files`;
  };
  const submit = async (name, out, properties) => {
    const file = path.join(dir, `${name}.mjs`);
    fs.writeFileSync(file, JOBS[name]);
    const defines = Object.entries(properties).flatMap(([key, value]) => ['-D', `${key}=${value}`]);
    const args = ['submit', ...defines, file, `file:${dir}/text`, `file:${out}`];
    const { code, stderr } = await calfCommand('mapred', confDir, args);
    assert.equal(code, 0, stderr);
    return path.join(
      out,
      fs.readdirSync(out).find((each) => each.startsWith('part-')),
    );
  };

  await t.step('Hadoop writes files of five codecs, and our -text prints the same as its own', async () => {
    await hadoop('write', dir, CODECS.join(','));
    const files = fs.readdirSync(dir).filter((name) => name.startsWith('hadoop'));
    assert.equal(files.length, 4 * CODECS.length);
    return await sameTexts(files.map((name) => path.join(dir, name)));
  });
  const ours = [];
  await t.step('Hadoop reads the output of our jobs with five codecs', async () => {
    for (const codec of CODECS) {
      ours.push(await submit('text', path.join(dir, codec), { [COMPRESS]: 'true', [`${COMPRESS}.codec`]: codec }));
    }
    await sameTexts(ours);
    for (const file of ours) assert.equal(fs.readFileSync(`${file}.hadoop-text`, 'utf8'), text, file);
    return ours.map((file) => path.basename(file)).join(' ');
  });
  const sequences = [];
  await t.step('Hadoop reads our SequenceFiles and Avro files', async () => {
    sequences.push(await submit('sequence', path.join(dir, 'none'), {}));
    for (const [type, codec] of [
      ['RECORD', 'snappy'],
      ['BLOCK', 'deflate'],
      ['BLOCK', 'bzip2'],
    ]) {
      const properties = { [COMPRESS]: 'true', [`${COMPRESS}.type`]: type, [`${COMPRESS}.codec`]: codec };
      sequences.push(await submit('sequence', path.join(dir, `${type}-${codec}`), properties));
    }
    const avro = [];
    for (const codec of ['snappy', 'bzip2']) {
      avro.push(
        await submit('avro', path.join(dir, `avro-${codec}`), { [COMPRESS]: 'true', 'avro.output.codec': codec }),
      );
    }
    return await sameTexts([...sequences, ...avro]);
  });
  await t.step("Hadoop's splits of our bzip2 file and our SequenceFiles have each record once", async () => {
    const files = [ours[CODECS.indexOf('BZip2Codec')], ...sequences];
    const printed = (await hadoop('split', '100000', ...files)).trim().split('\n');
    for (const line of printed) assert.equal(line.split(' ')[2], String(LINES), line);
    return printed.map((line) => line.split(' ')[1]).join(' ');
  });
}
