// Tests the output of hdfs dfsadmin that needs no cluster.
import { expect, test } from 'vitest';
import { hostNamesOf, topology } from '../../../cli/dfsadmin/report.ts';
import { helpLines, usageLines } from '../../../cli/dfsadmin/texts.ts';
import type { DatanodeInfoProto } from '../../../protocol/gen/messages.ts';

const node = (xferPort: number, location: string, adminState = 0, ipAddr = '127.0.0.1'): DatanodeInfoProto => ({
  id: { ipAddr, hostName: 'h', datanodeUuid: 'u', xferPort, infoPort: 1, ipcPort: 2 },
  location,
  adminState: adminState as 0,
});

test('an address without a host name is printed as it is', async () => {
  expect(await hostNamesOf([node(1, '/r', 0, 'nowhere'), node(2, '/r', 0, 'nowhere')])).toEqual(
    new Map([['nowhere', 'nowhere']]),
  );
});

test('topology() lists DataNodes by rack', () => {
  const nodes = [node(3, '/r2'), node(2, '/r1'), node(1, '/r1', 2)];
  expect(topology(nodes, new Map([['127.0.0.1', 'h']]))).toEqual([
    'Rack: /r1',
    '   127.0.0.1:1 (h) Decommissioned',
    '   127.0.0.1:2 (h) In Service',
    '',
    'Rack: /r2',
    '   127.0.0.1:3 (h) In Service',
    '',
  ]);
});

test('every command has a usage; what is not supported is not offered', () => {
  expect(usageLines('-safemode')).toEqual(['Usage: hdfs dfsadmin [-safemode enter | leave | get | wait | forceExit]']);
  expect(usageLines(undefined).join('\n')).not.toContain('-saveNamespace');
  expect(helpLines('report')[0]).toMatch(/^-report \[-live\]/);
});
