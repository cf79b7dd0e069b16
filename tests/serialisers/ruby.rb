# JSON.generate of Ruby, and what inspect makes of a parsed text. Ruby 3.4 sets spaces around the arrow; before, there were none.
require 'json'

def sorted(value)
  case value
  when Hash then value.sort.to_h { |key, inner| [key, sorted(inner)] }
  when Array then value.map { |inner| sorted(inner) }
  else value
  end
end

outputs = []
JSON.parse(File.read('documents.json', encoding: 'utf-8')).each do |document, text|
  value = JSON.parse(text)
  add = ->(options, made) { outputs << { program: 'ruby', options: options, document: document, text: made } }
  add.call('', JSON.generate(value))
  add.call('pretty', JSON.pretty_generate(value))
  add.call('script safe', JSON.generate(value, script_safe: true))
  add.call('ascii only', JSON.generate(value, ascii_only: true))
  add.call('sorted', JSON.generate(sorted(value)))
  add.call('dump', value.inspect)
end
puts JSON.generate(outputs)
