/** Writes docs/permissions.md, who may call each method of the NameNode, from the tables by which calls are checked. */
import type { AccessRule, PathRights } from '../../namenode/rpc/context/access.ts';
import {
  CLIENT_ACCESS,
  DATANODE_ACCESS,
  NAMENODE_ACCESS,
  USER_MAPPINGS_ACCESS,
} from '../../namenode/rpc/context/method-access.ts';

const INTRODUCTION = `# Who may call the NameNode

This page is written by \`npm run build\` from namenode/rpc/context/method-access.ts: change that file, not this page.

The rules are Hadoop's. A superuser is the user that runs the NameNode, or a member of the group
\`dfs.permissions.superusergroup\`. With \`dfs.permissions.enabled=false\` everybody may call every method.

A rule about a path also needs the right to enter every directory above the path, and superusers need no rights at all.
The ancestor is the deepest directory of the path that exists; for a rename, that of the destination. The page names the
methods that Calf does not serve too ([supported.md](supported.md) says which).
`;

const RIGHTS = { r: 'read', w: 'write', rx: 'read and enter', rwx: 'read, write and enter' } as const;

function describePath({ owner, access, parent, ancestor, sub }: PathRights): string {
  const needs = [
    owner && 'owns the path',
    parent && `may ${RIGHTS[parent]} the parent`,
    ancestor && `may ${RIGHTS[ancestor]} the ancestor`,
    access && `may ${RIGHTS[access]} the path`,
    sub && `may ${RIGHTS[sub]} every directory of the subtree`,
  ].filter((need) => need !== undefined);
  return needs.length === 0 ? 'whoever may enter the directories above the path' : `whoever ${needs.join(', and ')}`;
}

function describe(rule: AccessRule<unknown>): string {
  switch (rule.kind) {
    case 'anyone':
      return 'anyone';
    case 'superuser':
      return 'superusers';
    case 'path':
      return describePath(rule.rights);
    case 'leaseHolder':
      return "clients that name the holder of the file's lease";
    case 'datanode':
      return 'nodes that know the ids of the namespace';
  }
}

function section(title: string, access: object): string {
  const rules: Readonly<Record<string, AccessRule<unknown>>> = { ...access };
  const rows = Object.entries(rules)
    .map(([name, rule]) => `| \`${name.replace(/_$/, '')}\` | ${describe(rule)} |`)
    .sort();
  return [`## ${title}`, '', '| method | who may call it |', '| --- | --- |', ...rows, ''].join('\n');
}

const NOTES = `Any user may ask \`setSafeMode\` whether safe mode is on. \`rename2\` to the trash needs the rights of \`delete\`.
\`concat\` needs the rights to read the sources and to write in their directories too.
`;

/** Returns the text of the page. */
export function page(): string {
  return [
    INTRODUCTION,
    section('ClientProtocol', CLIENT_ACCESS),
    NOTES,
    section('NamenodeProtocol', NAMENODE_ACCESS),
    section('DatanodeProtocol', DATANODE_ACCESS),
    section('GetUserMappingsProtocol', USER_MAPPINGS_ACCESS),
  ].join('\n');
}
