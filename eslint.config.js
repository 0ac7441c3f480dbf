import tseslint from 'typescript-eslint';

/** Time and chance come in by argument; these files are where they enter. */
const SEAMS = [
  'engine/src/clock.ts',
  'engine/src/random.ts',
  'sidecar/src/commands/**',
  'sidecar/src/clock.ts',
  'sidecar/src/page/**',
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.js', '**/*.mjs', 'sidecar/assembly/**'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: [
          'core/tsconfig.json',
          'engine/tsconfig.json',
          'sidecar/tsconfig.json',
          'grafana/tsconfig.json',
          'tsconfig.test.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allow: [{ name: 'bigint', from: 'lib' }] },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['core/src/**', 'engine/src/**', 'sidecar/src/**', 'grafana/src/**'],
    ignores: SEAMS,
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time comes in by argument.' },
        { object: 'Math', property: 'random', message: 'Chance comes in by argument.' },
      ],
    },
  },
  {
    files: ['engine/src/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['@tradetail/sidecar/*', '@tradetail/core/ledger/*', '**/sidecar/**'] },
      ],
    },
  },
  {
    files: ['sidecar/src/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['@tradetail/engine/*', '**/engine/**'] }],
    },
  },
  {
    files: ['**/test/**', 'test/**', 'bench/**', 'scripts/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
