const oleHeader = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const streamName = "EncryptedPackage";
const entryBytes = 128;
const nameLengthAt = 64;

/**
 * Whether bytes that begin like an old Office file (OLE) are a DOCX, PPTX or XLSX behind a password: such a container has
 * a stream "EncryptedPackage". Its directory's entries stand at multiples of 128 bytes, so text cannot be taken for one.
 */
export function isEncryptedOffice(bytes: Uint8Array): boolean {
  for (let i = 0; i < oleHeader.length; i++) if (bytes[i] !== oleHeader.charCodeAt(i)) return false;
  for (let at = 512; at + entryBytes <= bytes.length; at += entryBytes) if (isStreamEntry(bytes, at)) return true;
  return false;
}

function isStreamEntry(bytes: Uint8Array, at: number): boolean {
  const nameBytes = (streamName.length + 1) * 2;
  if (bytes[at + nameLengthAt] !== nameBytes || bytes[at + nameLengthAt + 1] !== 0) return false;
  for (let i = 0; i < streamName.length; i++)
    if (bytes[at + 2 * i] !== streamName.charCodeAt(i) || bytes[at + 2 * i + 1] !== 0) return false;
  return true;
}
