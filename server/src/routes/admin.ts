import type { Sessions } from '../sessions.ts'
import { refuseUnknown, wholeOf } from './parameters.ts'
import type { Route } from './router.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/**
 * `GET /v1/admin/sessions?offset=N&limit=N`: who is connected, what each holds and how far behind it is; `total` in all. Sessions come and go
 * between two requests, so pages may overlap or miss one.
 */
export function sessionsRoute(sessions: Pick<Sessions, 'size' | 'describe'>): Route {
  return {
    pattern: '/v1/admin/sessions',
    access: 'operator',
    handle({ query }) {
      refuseUnknown(query, ['offset', 'limit'])
      const offset = wholeOf(query, 'offset', { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
      const limit = wholeOf(query, 'limit', { fallback: DEFAULT_LIMIT, min: 1, max: MAX_LIMIT })
      return { body: { total: sessions.size, offset, sessions: sessions.describe(offset, limit) } }
    },
  }
}
