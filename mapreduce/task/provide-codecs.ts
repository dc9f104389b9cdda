/** Gives the codecs of this process to formats, which may lie in the bundle of a job. */
import { classNameOf, codecNamed } from '../../client/codecs/codecs.ts';
import { engineOf } from '../../client/codecs/decompress.ts';
import { HOST_CODECS, type HostCodecs } from '../formats/host-codecs.ts';

const codecs: HostCodecs = async (name) => {
  const codec = codecNamed(name);
  return { ...(await engineOf(codec)), className: classNameOf(codec) };
};

export function provideCodecs(): void {
  Object.defineProperty(globalThis, HOST_CODECS, { value: codecs, configurable: true });
}
