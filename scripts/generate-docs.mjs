// Writes the pages of docs/ that are made from tables in the code: docs/NAME.md by page() of scripts/docs/NAME.ts.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const sources = path.join(root, 'scripts', 'docs');

for (const source of fs.readdirSync(sources)) {
  const { outputFiles } = await build({
    entryPoints: [path.join(sources, source)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
    logLevel: 'warning',
  });
  const { page } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  );
  const file = path.join(root, 'docs', `${path.basename(source, '.ts')}.md`);
  const text = page();
  // A file that stays as it is keeps its time, so that nothing is built anew after it.
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) fs.writeFileSync(file, text);
}
