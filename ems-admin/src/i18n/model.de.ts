export const modelDe = {};
