import { crc32 } from 'node:zlib';
import type { PageHeader } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';

/** Most headers have some 30 bytes. */
const HEADER_BYTES = 64;

/**
 * The bytes of a page's header with the checksum that Parquet has for a page: CRC-32 of all that is behind the header,
 * so also of the levels, which nothing else covers. The same header always gives the same bytes. Pure.
 *
 * @param behind levels and values as they are stored
 */
export function headerWithChecksum(header: PageHeader, behind: Uint8Array): Uint8Array {
  const writer = new ByteWriter(HEADER_BYTES);
  const signed = crc32(behind) | 0;
  writePageHeader(writer, { ...header, crc: signed });
  return writer.getBytes();
}
