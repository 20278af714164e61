import type { HttpAnswer, Now } from '../emulator.ts'

const MINUTE = 60_000_000
const WEIGHT_PER_MINUTE = 6000
/** So many refused requests are shrugged off before an address is banned. */
const REFUSALS_BEFORE_BAN = 10
/** The first ban; each one after it is twice as long. */
const FIRST_BAN = 120_000_000
const LONGEST_BAN = 3 * 86_400_000_000

type Account = { minute: number; used: number; refusals: number; bannedUntil: Now; nextBan: number }

/** What an address has used, as it stands in every answer. */
export type Weighed = { readonly used: number; readonly refusal: HttpAnswer | undefined }

/**
 * Weighs requests by address: 6000 a minute of the clock, then 429, and for who goes on 418 and a ban of two minutes to three days.
 *
 * Source: binance-spot-api-docs, rest-api.md, "IP Limits".
 */
export class Weights {
  readonly #accounts = new Map<string, Account>()

  weigh(address: string, weight: number, now: Now): Weighed {
    const account = this.#account(address, now)
    if (now < account.bannedUntil) return { used: account.used, refusal: banned(account.bannedUntil, now) }
    account.used += weight
    if (account.used <= WEIGHT_PER_MINUTE) return { used: account.used, refusal: undefined }
    account.refusals += 1
    if (account.refusals <= REFUSALS_BEFORE_BAN) return { used: account.used, refusal: tooMuch(account, now) }
    account.bannedUntil = now + account.nextBan
    account.nextBan = Math.min(LONGEST_BAN, 2 * account.nextBan)
    account.refusals = 0
    return { used: account.used, refusal: banned(account.bannedUntil, now) }
  }

  #account(address: string, now: Now): Account {
    const minute = Math.floor(now / MINUTE)
    let account = this.#accounts.get(address)
    if (account === undefined) {
      account = { minute, used: 0, refusals: 0, bannedUntil: 0, nextBan: FIRST_BAN }
      this.#accounts.set(address, account)
    }
    if (account.minute !== minute) {
      account.minute = minute
      account.used = 0
      account.refusals = 0
    }
    return account
  }
}

function tooMuch({ minute }: Account, now: Now): HttpAnswer {
  const text = `Too much request weight used; current limit is ${WEIGHT_PER_MINUTE} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`
  return refusal(429, text, (minute + 1) * MINUTE, now)
}

function banned(until: Now, now: Now): HttpAnswer {
  const text = `Way too much request weight used; IP banned until ${Math.floor(until / 1000)}. Please use WebSocket Streams for live updates to avoid bans.`
  return refusal(418, text, until, now)
}

function refusal(status: number, msg: string, until: Now, now: Now): HttpAnswer {
  const seconds = Math.max(1, Math.ceil((until - now) / 1_000_000))
  return { status, headers: { 'retry-after': String(seconds) }, body: JSON.stringify({ code: -1003, msg }) }
}
