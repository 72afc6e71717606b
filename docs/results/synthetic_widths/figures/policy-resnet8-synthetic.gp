# Draws policy-resnet8-synthetic.svg; run: gnuplot policy-resnet8-synthetic.gp
if (!exists('out')) out = 'policy-resnet8-synthetic.svg'
set encoding utf8
set terminal svg size 550,644 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set label 'synthetic-widths: bits of every layer, resnet8 on synthetic' at screen 0.02, screen 0.9720 left font ',14'
set lmargin at screen 0.2473
set rmargin at screen 0.9455
set tmargin at screen 0.9379
set bmargin at screen 0.2236
set xrange [-0.5:7.5]
set yrange [-20.50:0]
unset grid
unset border
set tics scale 0
set xtics rotate by 90 right font ',12' ('conv1' 0, 'layer1.0.conv1' 1, 'layer1.0.conv2' 2, 'layer2.0.conv1' 3, 'layer2.0.conv2' 4, 'layer3.0.conv1' 5, 'layer3.0.conv2' 6, 'fc' 7)
set ytics ('LSQ, seeds 1–3' -2.10, 'LSQ, seeds 1–3' -4.60, 'LSQ, seeds 1–3' -7.10, 'LSQ, seeds 1–3' -9.60, 'LSQ, seeds 1–3' -12.10, 'LSQ, seeds 1–3' -14.60, 'LSQ, seeds 1–3' -17.10, 'LSQ, seeds 1–3' -19.60)
set palette maxcolors 7 defined (2 '#440154', 3 '#3b528b', 4 '#21918c', 5 '#3dbc74', 6 '#90d743', 7 '#c8e020', 8 '#fde725')
set cbrange [1.5:8.5]
unset colorbox
set label 'weights, budget w2a2' at -0.5, -1.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w2a2' at -0.5, -3.55 left font ',13' tc rgb '#202020'
set label 'weights, budget w3a3' at -0.5, -6.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w3a3' at -0.5, -8.55 left font ',13' tc rgb '#202020'
set label 'weights, budget w4a4' at -0.5, -11.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w4a4' at -0.5, -13.55 left font ',13' tc rgb '#202020'
set label 'weights, budget w6a6' at -0.5, -16.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w6a6' at -0.5, -18.55 left font ',13' tc rgb '#202020'
$cells << EOD
0 -2.10 8
1 -2.10 2
2 -2.10 2
3 -2.10 2
4 -2.10 2
5 -2.10 2
6 -2.10 2
7 -2.10 8
0 -4.60 8
1 -4.60 2
2 -4.60 2
3 -4.60 2
4 -4.60 2
5 -4.60 2
6 -4.60 2
7 -4.60 8
0 -7.10 8
1 -7.10 3
2 -7.10 3
3 -7.10 3
4 -7.10 3
5 -7.10 3
6 -7.10 3
7 -7.10 8
0 -9.60 8
1 -9.60 3
2 -9.60 3
3 -9.60 3
4 -9.60 3
5 -9.60 3
6 -9.60 3
7 -9.60 8
0 -12.10 8
1 -12.10 4
2 -12.10 4
3 -12.10 4
4 -12.10 4
5 -12.10 4
6 -12.10 4
7 -12.10 8
0 -14.60 8
1 -14.60 4
2 -14.60 4
3 -14.60 4
4 -14.60 4
5 -14.60 4
6 -14.60 4
7 -14.60 8
0 -17.10 8
1 -17.10 6
2 -17.10 6
3 -17.10 6
4 -17.10 6
5 -17.10 6
6 -17.10 6
7 -17.10 8
0 -19.60 8
1 -19.60 6
2 -19.60 6
3 -19.60 6
4 -19.60 6
5 -19.60 6
6 -19.60 6
7 -19.60 8
EOD
plot $cells using ($3 <= 8 ? $1 : NaN):2:(0.47):(0.45):3 with boxxyerror fc palette fs solid 1 noborder notitle, \
     $cells using ($3 > 8 ? $1 : NaN):2:(0.47):(0.45) with boxxyerror fc rgb '#dddddd' fs solid 1 noborder notitle, \
     $cells using ($3 <= 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#ffffff' font ',11' notitle, \
     $cells using ($3 > 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#000000' font ',11' notitle
