import { build } from 'esbuild';
await build({ entryPoints: ['test/bench/namenode-load.ts'], outfile: '/tmp/calf-i/nl.mjs', bundle: true, format: 'esm', platform: 'node', banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" } });
const p = await import('/tmp/calf-i/nl.mjs');
const port = Number(process.argv[2]);
for (const op of ['creates','stats']) for (let i=0;i<3;i++) { const l={host:'localhost',port,user:'root',clients:16,durationMs:4000,dir:'/b-'+op}; const c0=process.cpuUsage(); console.log(op, await p[op](l)); const c=process.cpuUsage(c0); console.log('client cpu s', (c.user+c.system)/1e6); await p.removeAll(l); }
process.exit(0)
