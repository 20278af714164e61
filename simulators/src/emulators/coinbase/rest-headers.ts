/** Of every answer: JSON, which any page of a browser may read, cursors included. */
export const JSON_TYPE = {
  'content-type': 'application/json; charset=utf-8',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'cb-before, cb-after, cb-gdpr',
}
