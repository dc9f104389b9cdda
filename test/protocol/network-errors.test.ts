// Failures of sockets in the words of Hadoop's NetUtils.
import { expect, test } from 'vitest';
import { wrapNetworkError } from '../../protocol/network-errors.ts';
import { hadoopError } from '../../runtime/errors.ts';

const ROUTE = { localHost: 'me/10.0.0.1', host: 'nn', port: 8020 };
const WIKI = '; For more details see:  http://wiki.apache.org/hadoop/';
const DETAILS = 'local host is: "me/10.0.0.1"; destination host is: "nn":8020; ';

// Hadoop: org.apache.hadoop.net.NetUtils.wrapException.
test.each([
  [
    'ECONNREFUSED',
    'java.net.ConnectException',
    `Call From me/10.0.0.1 to nn:8020 failed on connection exception: java.net.ConnectException: Connection refused${WIKI}ConnectionRefused`,
  ],
  [
    'ENOTFOUND',
    'java.net.UnknownHostException',
    `Invalid host name: ${DETAILS}java.net.UnknownHostException${WIKI}UnknownHost`,
  ],
  [
    'ETIMEDOUT',
    'java.net.SocketTimeoutException',
    `Call From me/10.0.0.1 to nn:8020 failed on socket timeout exception: java.net.SocketTimeoutException: why${WIKI}SocketTimeout`,
  ],
  ['EOF', 'java.io.EOFException', `End of File Exception between ${DETAILS}: java.io.EOFException${WIKI}EOFException`],
  [
    'EHOSTUNREACH',
    'java.net.NoRouteToHostException',
    `No Route to Host from  me/10.0.0.1 to nn:8020 failed on socket timeout exception: java.net.NoRouteToHostException: No route to host${WIKI}NoRouteToHost`,
  ],
  [
    'ECONNRESET',
    'java.net.SocketException',
    `Call From me/10.0.0.1 to nn:8020 failed on socket exception: java.net.SocketException: Connection reset${WIKI}SocketException`,
  ],
  ['EMFILE', 'java.io.IOException', `Failed on local exception: java.io.IOException: why; Host Details : ${DETAILS}`],
])('%s', (code, javaClass, message) => {
  const error = Object.assign(new Error('why'), { code });
  expect(wrapNetworkError(error, ROUTE)).toMatchObject({ javaClass, message, cause: error });
});

test('a failure that has a Java class keeps it', () => {
  const error = hadoopError('FileNotFoundException', 'gone');
  expect(wrapNetworkError(error, ROUTE)).toBe(error);
});
