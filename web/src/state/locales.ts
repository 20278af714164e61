/** What to offer first; any other tag can be written. */
export const COMMON_LOCALES: readonly string[] = [
  ...['en-US', 'en-GB', 'en-IN', 'de-DE', 'de-CH', 'fr-FR', 'es-ES', 'it-IT', 'nl-NL', 'pl-PL', 'pt-BR', 'sv-SE'],
  ...['tr-TR', 'ru-RU', 'uk-UA', 'ar-EG', 'he-IL', 'hi-IN', 'th-TH', 'vi-VN', 'id-ID', 'ja-JP', 'ko-KR', 'zh-CN'],
]
