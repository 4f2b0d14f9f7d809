import js from '@eslint/js';
import globals from 'globals';

// Prettier decides what code looks like, and tsc about types; these are about what is likely to be wrong.
export default [
  { ignores: ['dist/', 'types/', 'node_modules/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2025, sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'array-callback-return': 'error',
      'default-case-last': 'error',
      eqeqeq: 'error',
      'max-len': ['error', { code: 120, ignoreUrls: true }],
      'no-constructor-return': 'error',
      'no-duplicate-imports': 'error',
      'no-else-return': 'error',
      'no-eval': 'error',
      'no-implicit-coercion': 'error',
      'no-implied-eval': 'error',
      'no-param-reassign': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
      'no-useless-rename': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-object-spread': 'error',
      'prefer-template': 'error',
    },
  },
  { files: ['src/**'], languageOptions: { globals: globals.browser } },
  { files: ['src/js/sw.js'], languageOptions: { globals: globals.serviceworker } },
  { files: ['build.mjs', 'build/**', 'test/**', 'eslint.config.js'], languageOptions: { globals: globals.node } },
];
