import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** A certificate of its own making for 127.0.0.1 and localhost, and its key, in this folder. */
export function selfSigned(folder: string, name = 'tls'): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-days', '2']
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ]
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' })
  return { cert, key }
}
