// @ts-check
/** The incarnations that own what the measured node holds. */
export const MEMBERS = ['owner-a~00000001', 'owner-b~00000002'];
