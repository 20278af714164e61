import type { Granted } from '@depthcast/protocol'
import type { ClientError } from './errors.ts'

type Grantee = { readonly resolve: (granted: Granted) => void; readonly reject: (error: ClientError) => void }

/** Those who wait to hear what was granted. */
export class Grantees {
  readonly #waiting: Grantee[] = []

  wait(): Promise<Granted> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  resolve(granted: Granted): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(granted)
  }

  reject(error: ClientError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
