<?php
// json_encode of PHP, and its dumps of a parsed text. PHP reads an object as an array if it is told to, and then {} becomes [].
$options = [
    '' => 0,
    'unescaped slashes' => JSON_UNESCAPED_SLASHES,
    'unescaped unicode' => JSON_UNESCAPED_UNICODE,
    'unescaped slashes and unicode' => JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE,
    'unescaped lines too' => JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS,
    'zero fraction' => JSON_PRESERVE_ZERO_FRACTION,
    'pretty' => JSON_PRETTY_PRINT,
    'pretty, unescaped' => JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE,
    'hex' => JSON_HEX_TAG | JSON_HEX_APOS | JSON_HEX_AMP | JSON_HEX_QUOT,
    'hex tag' => JSON_HEX_TAG | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE,
];
$outputs = [];
foreach (json_decode(file_get_contents('documents.json'), true) as $document => $text) {
    $add = function ($options, $made) use (&$outputs, $document) {
        $outputs[] = ['program' => 'php', 'options' => $options, 'document' => $document, 'text' => $made];
    };
    foreach ($options as $name => $flags) {
        $add($name, json_encode(json_decode($text), $flags));
    }
    $add('objects as arrays', json_encode(json_decode($text, true)));
    $add('big integers as strings', json_encode(json_decode($text, false, 512, JSON_BIGINT_AS_STRING)));
    $add('numeric check', json_encode(json_decode($text, true), JSON_NUMERIC_CHECK | JSON_UNESCAPED_SLASHES));
    $add('print_r', print_r(json_decode($text, true), true));
    $add('var_export', var_export(json_decode($text, true), true));
    $add('form', http_build_query(json_decode($text, true)));
}
echo json_encode($outputs, JSON_PRESERVE_ZERO_FRACTION), "\n";
