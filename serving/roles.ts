/** What a key may do; docs/security.md says what each opens. */
export const roles = ['publish', 'read', 'label', 'moderate', 'admin'] as const
export type Role = (typeof roles)[number]

export function isRole(name: unknown): name is Role {
  return roles.includes(name as Role)
}
