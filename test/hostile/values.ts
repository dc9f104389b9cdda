// Values that mean something to some part of a program, and should mean nothing to a daemon.

/** A script that tells the page's opener, and the browser's test, that it has run. */
export const SCRIPT = '<script>window.calfScriptRan=1</script>';
/** Texts that run a script if a page puts them into text, an attribute, a title or a style without escaping. */
export const MARKUP: readonly string[] = [
  SCRIPT,
  `"><img src=x onerror="window.calfScriptRan=2">`,
  `' onmouseover='window.calfScriptRan=3' autofocus onfocus='window.calfScriptRan=3' x='`,
  `</title>${SCRIPT}`,
  `</pre></td></table>${SCRIPT}`,
  `]]>${SCRIPT}`,
  `<svg/onload=window.calfScriptRan=4>`,
  `<x:script xmlns:x="http://www.w3.org/1999/xhtml">window.calfScriptRan=5</x:script>`,
];

/** Addresses that run a script if a link goes to them. */
export const SCRIPT_URLS: readonly string[] = [
  'javascript:window.calfScriptRan=6',
  'JaVaScRiPt:window.calfScriptRan=6//http://',
  ' javascript:window.calfScriptRan=6',
  'data:text/html,<script>opener.calfScriptRan=6</script>',
];

const NUMBERS = [
  ...['-1', '0', '-0', '00', '1.5', '1e309', 'NaN', 'Infinity', '0x10', '0b1', ' 1', '1,2', '1;2', '+1', '1_000'],
  ...['9007199254740993', '-9223372036854775809', '4294967296', '9'.repeat(400), '１２', '٣'],
];

const PATHS = [
  ...['..', '../', '../../../../../../../../etc/passwd', '/etc/passwd', 'file:///etc/passwd', '//evil.example/x'],
  ...[
    '..\\..\\..\\etc\\passwd',
    '....//....//etc/passwd',
    './.',
    '~root',
    '/proc/self/environ',
    'C:\\x',
    'con',
    'a/../b',
  ],
  ...['․․/․․/etc/passwd', '．．／．．／etc／passwd', '..;/..;/etc/passwd', 'precious/sub/file'],
];

const TEXTS = [
  ...['', ' ', '\u0000', 'a\u0000b', '\r\nx-injected: yes', 'a\r\n\r\n<b>', '\n', '\t', '\u007f', '\u2028', '\ufeff'],
  ...['\u202egnp.exe', 'lоcalhost', 'ＡＤＭＩＮ', 'ı', 'ß', '😀', 'e\u0301'.repeat(50), '"', "'", '`', '\\', '%', '%%'],
  ...['null', 'undefined', 'true', '[]', '{}', '[object Object]', "' OR 1=1 --", '; id', '$(id)', '`id`', '| id'],
];

const PATTERNS = [
  '*',
  '?',
  '**',
  '*'.repeat(3000) + '!',
  '(a+)+$',
  '[',
  '[^',
  '.*',
  '^',
  '$',
  '*:*',
  ':',
  '::',
  'a::b::c',
  ',',
];

const TEMPLATES = [
  '${jndi:ldap://127.0.0.1/x}',
  '${user.name}',
  '{{7*7}}',
  '#{7*7}',
  '<%= 7*7 %>',
  '%s%n%x',
  '{0}',
  '$1$&',
];

/** Names that every object of JavaScript has. */
export const PROTOTYPES = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'length'],
  ...['__proto__[x]', 'constructor[prototype][x]', 'constructor.prototype.x', 'then', 'toJSON', 'statusCode'],
];

/** Values that are as long as they are bad; 100 KB is more than a server takes in a request's head. */
export const LONG = ['A'.repeat(300), 'é'.repeat(3000), 'A'.repeat(100_000)];

export const VALUES: readonly string[] = [
  ...[...NUMBERS, ...PATHS, ...TEXTS, ...PATTERNS, ...TEMPLATES, ...PROTOTYPES, ...LONG, ...MARKUP, ...SCRIPT_URLS],
];

/** Values for a URL that are no encoded text, or are encoded in a way that no client would choose. */
export const RAW_VALUES: readonly string[] = [
  ...['%', '%2', '%zz', '%u002e', '%ff', '%c0%ae%c0%ae%2f', '%ed%a0%80', '%00', '%0d%0ax-injected:%20yes', '+', '%20'],
  ...[
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '%252e%252e%252fetc%252fpasswd',
    '%25252e',
    '..%2f..%2fetc%2fpasswd',
    '..%5c..%5c',
  ],
  ...[
    '..%00/',
    '%2e%2e/%2e%2e/etc/passwd',
    '%3cscript%3e',
    '%26x=1',
    'a&a=b',
    'a=b=c',
    'a#b',
    '=',
    '&&&',
    ';x=1',
    '[x]=1',
  ],
];

/** Values of headers, beside VALUES. */
export const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: ['*/*', 'application/json', 'text/html;q=NaN', 'json'.repeat(2000)],
  'accept-encoding': ['gzip;q=0, identity;q=0', 'br'],
  'accept-version': ['1.x', '*', '999'],
  authorization: ['Bearer', 'Bearer ', 'Basic cm9vdDpyb290', 'Bearer undefined', 'Negotiate AAAA'],
  connection: ['upgrade', 'keep-alive, x-forwarded-for', 'host'],
  'content-type': ['application/json', 'application/json; charset=utf-7', 'text/plain', 'multipart/form-data'],
  cookie: ['hadoop.auth="u=root&p=root&t=simple&e=99999999999999"', 'a=b; a=c', ';;;='],
  expect: ['100-continue', '200-ok'],
  'if-modified-since': ['Thu, 01 Jan 1970 00:00:00 GMT', 'never'],
  'if-none-match': ['*', '"x"'],
  origin: ['null', 'http://localhost@evil.example'],
  range: ['bytes=0-', 'bytes=9999999999-', `bytes=${'0-1,'.repeat(1000)}0-1`],
  referer: ['http://evil.example/', 'javascript:1'],
  te: ['trailers, deflate'],
  upgrade: ['websocket', 'h2c', 'TLS/1.0'],
  'user-agent': ['${jndi:ldap://127.0.0.1/x}'],
  'x-forwarded-for': ['127.0.0.1', '8.8.8.8, 127.0.0.1'],
  'x-forwarded-host': ['evil.example'],
  'x-http-method-override': ['DELETE', 'POST'],
  'x-original-url': ['/fault'],
  forwarded: ['for=127.0.0.1;host=evil.example'],
  host: ['localhost'],
};

/** Values for a place in a JSON body. */
export const JSON_VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, Number.MAX_SAFE_INTEGER, [], {}, [[]], [null]],
  ...[
    { length: 1e9 },
    { toString: 1 },
    JSON.parse('{"then":1}'),
    { constructor: { a: 1 } },
    { hasOwnProperty: { hasOwnProperty: 1 } },
  ],
];
