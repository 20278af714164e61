import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { Server } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import type { Cancel, Clock } from './clock.ts'
import { ConfigError } from './command-line.ts'
import type { Log } from './logger.ts'

/** Files in PEM: the certificate, with those of whoever vouches for it behind it, and its private key. */
export type TlsFiles = { readonly cert: string; readonly key: string }

export type Certificate = {
  readonly options: SecureContextOptions
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** How often the files are looked at: a renewed certificate counts without a restart. */
const LOOK_MS = 10_000

/** Throws ConfigError, in one line, for a file that cannot be read and for a key that is not the certificate's. */
export function readCertificate({ cert, key }: TlsFiles): Certificate {
  const [certPem, keyPem] = [readPem('--tls-cert', cert), readPem('--tls-key', key)]
  const certificate = parsed(`--tls-cert ${cert}: not a certificate in PEM`, () => new X509Certificate(certPem))
  const privateKey = parsed(`--tls-key ${key}: not a private key in PEM without a passphrase`, () =>
    createPrivateKey(keyPem),
  )
  if (!certificate.checkPrivateKey(privateKey))
    throw new ConfigError(`--tls-key ${key} is not the key of the certificate in ${cert}`)
  const options = { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' } as const
  return { options, expiresAt: Math.floor(certificate.validToDate.getTime() / 1000) }
}

export type Renewal = {
  readonly clock: Clock
  readonly log: Log
  /** Called with each certificate that is taken. */
  onTaken(certificate: Certificate): void
}

/** Gives the server each new pair of files. A pair that will not do is told, and the one before stays. Returns what ends it. */
export function keepCertificate(server: Server, files: TlsFiles, { clock, log, onTaken }: Renewal): Cancel {
  let mark = markOf(files)
  let cancel = clock.after(LOOK_MS, look)
  return () => cancel()

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    const now = markOf(files)
    if (now === mark) return
    mark = now
    try {
      const certificate = readCertificate(files)
      server.setSecureContext(certificate.options)
      onTaken(certificate)
      log.info({ file: files.cert, expiresAt: certificate.expiresAt }, 'tls.certificate-read')
    } catch (error) {
      log.error({ reason: error instanceof Error ? error.message : String(error) }, 'tls.certificate-refused')
    }
  }
}

function markOf({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }))
    .map((stats) => (stats === undefined ? 'gone' : `${stats.mtimeNs}-${stats.size}-${stats.ino}`))
    .join()
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`${flag} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`)
  }
}

/** The library's own words may quote what is in the file. */
function parsed<Made>(refusal: string, make: () => Made): Made {
  try {
    return make()
  } catch {
    throw new ConfigError(refusal)
  }
}
